#pragma once

#include "proxy/connection.h"

namespace bascule::proxy {

/// What is asked of a web server that a certificate names.
struct Question {
    std::string_view accept;        ///< media types
    std::string_view content_type;  ///< of `content`
    Bytes content{};                ///< empty: a GET, else a POST
};

/// For how long an answer is waited for.
inline constexpr Duration kFetchLimit = std::chrono::seconds(3);

/// The content of the answer with status 200; empty where there is none to be had within kFetchLimit, or it is longer
/// than 64 KiB. Only http URLs, only where the connection itself might go (destinations.deny, not to ourselves), from
/// the same source address and with the same mark. The connection must outlive it; cancelling it closes its socket.
net::Task<Bytes> fetch(const Connection& connection, std::string url, Question question);

}  // namespace bascule::proxy
