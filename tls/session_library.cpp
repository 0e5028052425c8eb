#include "tls/session_library.h"

#include "tls/library.h"
#include "tls/openssl.h"

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace bascule::tls {
namespace {

using Algorithms = std::vector<OSSL_ALGORITHM>;

constexpr std::array<std::string_view, 10> kKeysOfTls{"RSA",    "RSA-PSS", "EC", "ED25519", "ED448",
                                                      "X25519", "X448",    "DH", "DSA",     "HMAC"};

/// The process's own, which does all the work.
OSSL_PROVIDER* provider = nullptr;

std::string_view name_of(const OSSL_ALGORITHM& algorithm) {
    const std::string_view names(algorithm.algorithm_names);
    return names.substr(0, names.find(':'));
}

bool is_key_of_tls(const OSSL_ALGORITHM& algorithm) {
    return std::ranges::find(kKeysOfTls, name_of(algorithm)) != kKeysOfTls.end();
}

bool is_cipher_of_tls(const OSSL_ALGORITHM& cipher) {
    const auto has = [name = name_of(cipher)](std::string_view part) { return name.contains(part); };
    return has("GCM") || has("CCM") || has("Poly1305") || has("NULL") || (has("CBC") && !has("CTS"));
}

bool reads_certificates(const OSSL_ALGORITHM& decoder) {
    const std::string_view properties(decoder.property_definition);
    return is_key_of_tls(decoder) && properties.contains("input=der") &&
           properties.contains("structure=SubjectPublicKeyInfo");
}

Algorithms those(int operation, bool (*wanted)(const OSSL_ALGORITHM&)) {
    int not_kept = 0;
    Algorithms list;
    for (const auto* one = OSSL_PROVIDER_query_operation(provider, operation, &not_kept); one->algorithm_names; ++one) {
        if (wanted(*one)) list.push_back(*one);
    }
    list.push_back({});
    return list;
}

const OSSL_ALGORITHM* query(void*, int operation, int* not_kept) {
    static const auto keys = those(OSSL_OP_KEYMGMT, is_key_of_tls);
    static const auto ciphers = those(OSSL_OP_CIPHER, is_cipher_of_tls);
    static const auto decoders = those(OSSL_OP_DECODER, reads_certificates);
    *not_kept = 0;
    switch (operation) {
        case OSSL_OP_KEYMGMT:
            return keys.data();
        case OSSL_OP_CIPHER:
            return ciphers.data();
        case OSSL_OP_DECODER:
            return decoders.data();
        default:
            return OSSL_PROVIDER_query_operation(provider, operation, not_kept);
    }
}

int capabilities(void*, const char* capability, OSSL_CALLBACK* tell, void* whom) {
    return OSSL_PROVIDER_get_capabilities(provider, capability, tell, whom);
}

template <class Function>
OSSL_DISPATCH entry(int number, Function* function) {
    return {number, reinterpret_cast<void (*)()>(function)};
}

int begin(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** table, void** context) {
    static const std::array<OSSL_DISPATCH, 3> functions{entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                                        entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, capabilities),
                                                        OSSL_DISPATCH{}};
    *table = functions.data();
    *context = OSSL_PROVIDER_get0_provider_ctx(provider);
    return 1;
}

/// Whether the process has OpenSSL's default provider and no other, and may use all of it.
bool is_as_shipped() {
    const auto look = [](OSSL_PROVIDER* one, void* alone) {
        const bool is_default = std::string_view(OSSL_PROVIDER_get0_name(one)) == "default";
        *static_cast<bool*>(alone) = is_default && *static_cast<bool*>(alone);
        return 1;
    };
    bool alone = true;
    return OSSL_PROVIDER_do_all(nullptr, look, &alone) == 1 && alone &&
           EVP_default_properties_is_fips_enabled(nullptr) == 0;
}

OSSL_LIB_CTX* make() {
    if (remembers_decoders() || !is_as_shipped()) return nullptr;
    provider = OSSL_PROVIDER_load(nullptr, "default");
    auto* made = OSSL_LIB_CTX_new();
    require(provider && made && OSSL_PROVIDER_add_builtin(made, "tls", begin) == 1 && OSSL_PROVIDER_load(made, "tls"),
            "a library context");
    return made;
}

}  // namespace

OSSL_LIB_CTX* session_library() {
    static OSSL_LIB_CTX* const library = make();
    return library;
}

}  // namespace bascule::tls
