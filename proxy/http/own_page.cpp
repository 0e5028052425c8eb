#include "proxy/http/own_page.h"

#include "base/text.h"
#include "http/text.h"
#include "tls/signer/authority.h"
#include "tls/x509/certificate.h"

#include <fmt/format.h>

#include <string_view>

namespace bascule::proxy {
namespace {

constexpr std::string_view kName = "bascule.local";

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bascule: the certificate to trust</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --strong: #2563eb; }}
body {{ font: 1rem/1.55 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }}
h1 {{ font-size: 1.5rem; margin: .5rem 0 1rem; }}
a.get {{ display: inline-block; margin: .25rem .5rem .25rem 0; padding: .6rem 1rem; border-radius: .5rem;
  background: var(--strong); color: #fff; text-decoration: none; font-weight: 600; }}
dl {{ border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }}
dt {{ font-size: .85rem; opacity: .7; }}
dd {{ margin: 0 0 .6rem; overflow-wrap: anywhere; }}
code {{ font-size: .9em; overflow-wrap: anywhere; }}
details {{ border-top: 1px solid var(--line); padding: .6rem 0; }}
summary {{ cursor: pointer; font-weight: 600; }}
</style>
</head>
<body>
<h1>This connection goes through Bascule</h1>
<p>It opens TLS connections on their way. Programs that trust the certificate below see no warnings; install it only if
you know whose proxy this is, and compare the fingerprint with the one you were told.</p>
<p><a class="get" href="/ca.pem">ca.pem</a> <a class="get" href="/ca.crt">ca.crt (DER)</a></p>
<dl>
<dt>Subject</dt><dd>{subject}</dd>
<dt>SHA-256 fingerprint</dt><dd><code>{fingerprint}</code></dd>
<dt>Valid until</dt><dd>{not_after}</dd>
</dl>
<details><summary>Debian, Ubuntu</summary>
<p><code>cp ca.pem /usr/local/share/ca-certificates/bascule.crt &amp;&amp; update-ca-certificates</code></p></details>
<details><summary>Fedora, RHEL</summary>
<p><code>cp ca.pem /etc/pki/ca-trust/source/anchors/bascule.crt &amp;&amp; update-ca-trust</code></p></details>
<details><summary>Windows</summary>
<p>Open ca.crt, Install Certificate, Local Machine, and place it in <em>Trusted Root Certification Authorities</em>.</p></details>
<details><summary>macOS</summary>
<p>Open ca.crt, add it to the System keychain, open it there, and set Trust to <em>Always Trust</em>.</p></details>
<details><summary>Android</summary>
<p>Settings, Security, Encryption &amp; credentials, Install a certificate, CA certificate. Apps trust it only where their
network security configuration names user certificates.</p></details>
<details><summary>iOS, iPadOS</summary>
<p>Open ca.crt, install the profile in Settings, then switch it on in General, About, Certificate Trust Settings.</p></details>
<details><summary>Firefox</summary>
<p>Settings, Privacy &amp; Security, Certificates, View Certificates, Authorities, Import.</p></details>
<details><summary>Chromium on Linux</summary>
<p><code>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n bascule -i ca.pem</code></p></details>
</body>
</html>
)";

/// What clients trust: the root above the CA, where its file holds one.
X509* anchor_of(const tls::Authority& authority) {
    return authority.chain().root ? authority.chain().root.get() : authority.certificate();
}

std::string page(const tls::Authority& authority) {
    const auto anchor = tls::describe(anchor_of(authority));
    return fmt::format(kPage, fmt::arg("subject", http::in_html(anchor.subject)),
                       fmt::arg("fingerprint", anchor.fingerprint),
                       fmt::arg("not_after", anchor.not_after.substr(0, 10)));
}

struct Answer {
    int status = 200;
    std::string_view type;
    std::string content;
};

Answer answer_to(std::string_view path, const tls::Authority& authority) {
    path = path.substr(0, path.find('?'));
    if (path == "/") return {.type = "text/html; charset=utf-8", .content = page(authority)};
    if (path == "/ca.pem") return {.type = "application/x-pem-file", .content = tls::pem_of(anchor_of(authority))};
    if (path == "/ca.crt") {
        const auto der = tls::der_of(anchor_of(authority));
        return {.type = "application/x-x509-ca-cert", .content = std::string(as_text(der))};
    }
    return {.status = 404, .type = "text/plain", .content = "see http://bascule.local/\n"};
}

}  // namespace

bool is_for_own_page(const PlainRequest& request) {
    return equals_ignoring_case(request.target.authority.host, kName);
}

std::string own_page(const Connection& connection, const PlainRequest& request, http::Then then) {
    const auto& authority = *connection.policy->authority_for(*connection.settings);
    const auto answer = answer_to(request.target.origin_form, authority);
    return http::reply_head(answer.status, answer.type, answer.content.size(), then) + answer.content;
}

}  // namespace bascule::proxy
