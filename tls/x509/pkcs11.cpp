#include "base/error.h"
#include "tls/openssl.h"
#include "tls/x509/key_source.h"
#include "tls/x509/pem.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/ui.h>

#include <charconv>

// Engines are deprecated; Debian 12 has no provider for PKCS#11.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

namespace bascule::tls {
namespace {

/// %HH becomes the octet (RFC 3986 section 2.1).
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::uint8_t octet = 0;
        const auto* digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, octet, 16).ptr == digits + 2) {
            out += static_cast<char>(octet);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// The two parts of a URI (RFC 7512): which key, and how it is reached.
struct Uri {
    std::string key;
    std::string pin;
    std::string module;
};

std::string pin_from(std::string source) {
    if (source.starts_with("file:")) source.erase(0, 5);
    if (source.starts_with("//")) source.erase(0, 2);
    return read_secret_line(source);
}

Uri parse_uri(const std::string& text) {
    const auto shown = shown_key_source(text);
    Uri uri{.key = shown, .pin = {}, .module = {}};
    std::string_view query = std::string_view(text).substr(std::min(text.size(), shown.size() + 1));
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto attribute = query.substr(0, end);
        const auto equals = std::min(attribute.find('='), attribute.size());
        const auto name = attribute.substr(0, equals);
        const auto value = decoded(attribute.substr(std::min(attribute.size(), equals + 1)));
        if (name == "pin-value") {
            uri.pin = value;
        } else if (name == "pin-source") {
            uri.pin = pin_from(value);
        } else if (name == "module-path") {
            uri.module = value;
        } else {
            throw Error(
                "{}: \"{}\" is not known behind the question mark; it may be pin-source, pin-value or module-path",
                shown, name);
        }
        query.remove_prefix(std::min(query.size(), end + 1));
    }
    return uri;
}

void drop_engine(ENGINE* engine) {
    ENGINE_free(engine);
}

/// The process's one engine, kept initialised: keys refer to it.
ENGINE* engine_with(const Uri& uri) {
    static ENGINE* ready = nullptr;
    static std::string module_in_use;
    if (ready) {
        if (uri.module == module_in_use) return ready;
        throw Error("{}: one process can use one PKCS#11 module, and uses another already", uri.key);
    }
    ERR_clear_error();
    Handle<ENGINE, drop_engine> engine(ENGINE_by_id("pkcs11"));
    if (!engine) {
        throw Error("{}: OpenSSL has no engine for PKCS#11 ({}); install libengine-pkcs11-openssl", uri.key,
                    take_openssl_reason());
    }
    const bool placed =
        uri.module.empty() || ENGINE_ctrl_cmd_string(engine.get(), "MODULE_PATH", uri.module.c_str(), 0) == 1;
    if (!placed || ENGINE_init(engine.get()) != 1) {
        throw Error("{}: the PKCS#11 module {} cannot be used ({})", uri.key,
                    uri.module.empty() ? "of p11-kit or $PKCS11_MODULE_PATH" : uri.module, take_openssl_reason());
    }
    ready = engine.get();
    module_in_use = uri.module;
    return ready;
}

}  // namespace

KeyHandle load_pkcs11_key(const std::string& text) {
    auto uri = parse_uri(text);
    auto* engine = engine_with(uri);
    if (!uri.pin.empty()) ENGINE_ctrl_cmd_string(engine, "PIN", uri.pin.c_str(), 0);
    OPENSSL_cleanse(uri.pin.data(), uri.pin.size());
    ERR_clear_error();
    // The method that answers nothing: nobody sits at our terminal.
    auto* silent = const_cast<UI_METHOD*>(UI_null());
    KeyHandle key(ENGINE_load_private_key(engine, uri.key.c_str(), silent, nullptr));
    if (key) return key;
    throw Error("{}: the token gives no such private key ({}); see: pkcs11-tool --list-objects, and pin-source=",
                uri.key, take_openssl_reason());
}

}  // namespace bascule::tls

#pragma clang diagnostic pop
