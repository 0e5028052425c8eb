// links: bascule_tls
#include "tls/signer/tbs_check.h"

#include <cstdlib>

using namespace bascule;
using namespace bascule::tls;

namespace {

constexpr std::uint8_t kSubject[] = {0x30, 0x0d, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03,
                                     0x55, 0x04, 0x03, 0x0c, 0x02, 'C',  'A'};
constexpr std::uint8_t kEcdsaSha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

IssuingRules make_rules() {
    IssuingRules rules{.subject = Bytes(std::begin(kSubject), std::end(kSubject)),
                       .public_key = {0x30, 0x00},
                       .algorithm = Bytes(std::begin(kEcdsaSha256), std::end(kEcdsaSha256)),
                       .not_after = WallTime(std::chrono::hours(24 * 365 * 100)),
                       .longest = std::chrono::hours(24 * 31),
                       .constraints = {}};
    rules.constraints.emplace_back().permit("example");
    rules.constraints.back().exclude("bank.example");
    return rules;
}

bool contains(ByteView octets, std::initializer_list<std::uint8_t> part) {
    return as_text(octets).find(std::string_view(reinterpret_cast<const char*>(part.begin()), part.size())) !=
           std::string_view::npos;
}

}  // namespace

/// Whatever is accepted has names and purposes; constraints that are accepted can be
/// written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const IssuingRules rules = make_rules();
    const ByteView octets(data, size);
    if (const auto parsed = NameConstraints::parse(octets)) {
        if (!NameConstraints::parse(parsed->der())) std::abort();
    }
    const auto fault = fault_of_leaf(octets, rules);
    if (fault) {
        if (fault->empty()) std::abort();
        return 0;
    }
    const bool named = contains(octets, {0x55, 0x1d, 0x11});  // the rules have constraints
    const bool for_tls = contains(octets, {0x55, 0x1d, 0x25});
    if (!named || !for_tls) std::abort();
    return 0;
}
