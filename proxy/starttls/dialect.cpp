#include "proxy/starttls/dialect.h"

#include <utility>

namespace bascule::proxy {

using config::StartTls;

std::size_t Dialect::read(bool up, ByteView octets) {
    std::size_t used = 0;
    while (used < octets.size()) {
        if (state_ == State::foreign) return octets.size();
        if (state_ == State::agreed || (state_ == State::asked && up)) break;
        used += read_some(up, octets.subspan(used));
    }
    return used;
}

std::unique_ptr<Dialect> make_dialect(StartTls dialect) {
    switch (dialect) {
        case StartTls::smtp:
        case StartTls::ftp:
        case StartTls::nntp:
        case StartTls::pop3:
            return make_line_dialect(dialect);
        case StartTls::imap:
        case StartTls::sieve:
            return make_tagged_dialect(dialect);
        case StartTls::postgres:
        case StartTls::mysql:
        case StartTls::ldap:
            return make_packet_dialect(dialect);
        case StartTls::xmpp:
            return make_xmpp_dialect();
    }
    std::unreachable();
}

bool server_speaks_first(StartTls dialect) {
    return dialect != StartTls::ldap && dialect != StartTls::xmpp && dialect != StartTls::postgres;
}

}  // namespace bascule::proxy
