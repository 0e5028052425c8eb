// Judges certificate chains as the proxy would: reads test cases in the form of x509-limbo's file (argv[1]) and prints
// a line for each, `id TAB accepted|refused TAB the fault`. tests/limbo.py says what is right.

#include "tests/support/certificates.h"
#include "tls/verify/trust.h"
#include "tls/x509/pem.h"

#include <nlohmann/json.hpp>

#include <ctime>
#include <fstream>
#include <iostream>

using namespace bascule;
using nlohmann::json;

namespace {

WallTime now_of_case;

WallTime case_time() {
    return now_of_case;
}

/// "2024-04-01T00:00:00.005000+00:00": always UTC.
WallTime parse_time(const json& value) {
    if (value.is_null()) return std::chrono::system_clock::now();
    const auto text = value.get<std::string>();
    std::tm tm{};
    const auto* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
    const double fraction = rest && *rest == '.' ? std::strtod(rest, nullptr) : 0;
    return WallTime(std::chrono::seconds(::timegm(&tm))) +
           std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(fraction));
}

std::string joined(const json& pems) {
    std::string all;
    for (const auto& pem : pems) all += pem.get<std::string>() + "\n";
    return all;
}

tls::ChainHandle chain_of(const std::vector<tls::CertificateHandle>& certificates) {
    tls::ChainHandle chain(sk_X509_new_null());
    for (const auto& one : certificates) sk_X509_push(chain.get(), tls::share(one.get()).release());
    return chain;
}

tls::Verification judge(const json& one, const test::TemporaryDirectory& folder) {
    now_of_case = parse_time(one.at("validation_time"));
    std::vector<tls::CrlHandle> lists;
    if (!one.at("crls").empty()) lists = tls::read_revocation_lists(folder.write("crls", joined(one.at("crls"))));
    auto trust = tls::Trust::load({folder.write("roots", joined(one.at("trusted_certs")))}, lists);
    std::vector<tls::CertificateHandle> sent;
    if (const auto pems = joined(one.at("untrusted_intermediates")); !pems.empty()) {
        sent = tls::read_certificates(folder.write("sent", pems));
    }
    const auto leaf = tls::read_certificates(folder.write("leaf", one.at("peer_certificate").get<std::string>()));
    const auto name = one.at("expected_peer_name").at("value").get<std::string>();
    const tls::Verifier verifier(std::move(trust), {.now = case_time});
    return verifier.verify(leaf.front().get(), chain_of(sent).get(), name);
}

}  // namespace

int main(int, char** arguments) {
    const test::TemporaryDirectory folder;
    std::ifstream file(arguments[1]);
    for (const auto& one : json::parse(file).at("testcases")) {
        std::cout << one.at("id").get<std::string>() << '\t';
        try {
            const auto verdict = judge(one, folder);
            std::cout << (verdict.ok() ? "accepted" : "refused") << '\t' << verdict.detail << '\n';
        } catch (const std::exception& error) {  // what we cannot even read is refused
            std::cout << "refused\t" << error.what() << '\n';
        }
    }
}
