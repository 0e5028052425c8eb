#pragma once

#include "proxy/connection.h"

/// Answers in the origin's stead to plain HTTP through an explicit listener.
namespace bascule::proxy {

/// `end`: what it is in the records. The page about this proxy is in none of exchanges.
struct OwnAnswer {
    Ended end;
    bool page = false;
};
OwnAnswer page_about_this_proxy();

/// Answers the connection's request, with a record of the exchange. Where the end of the request is found, the client's
/// connection goes on; else this throws `answer.end`, which is all said.
net::Task<void> answer_here(Connection& connection, OwnAnswer answer);

/// Whether the connection has ended before anything was done about its request; its record.
bool is_unanswered(const Connection& connection);
void note_unanswered(Connection& connection);

}  // namespace bascule::proxy
