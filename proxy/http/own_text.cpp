#include "proxy/http/own_text.h"

#include "http/text.h"

#include <fmt/format.h>

namespace bascule::proxy {
namespace {

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
#trust {{ border-left: .3rem solid #d97706; padding: .4rem .8rem; }}
#trust.yes {{ border-color: #16a34a; }}
</style>
</head>
<body>
<h1>This connection goes through Bascule</h1>
<p>It opens TLS connections on their way. Programs that trust the certificate below see no warnings; install it only if
you know whose proxy this is, and compare the fingerprint with the one you were told.</p>
<p id="trust" role="status" hidden></p>
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
<script>
const say = (text, trusted) => {{
  const line = document.getElementById("trust");
  line.textContent = text;
  line.classList.toggle("yes", trusted);
  line.hidden = false;
}};
fetch("https://bascule.local/", {{mode: "no-cors", cache: "no-store"}}).then(
  () => say("This browser trusts the certificate already: nothing is left to do.", true),
  () => say("This browser does not trust the certificate yet, or does not send https:// through this proxy.", false));
</script>
</body>
</html>
)";

constexpr std::string_view kTrusted = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bascule: the certificate is trusted</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
</style>
</head>
<body>
<h1>The certificate is trusted</h1>
<p>If no warning came before this page, this browser trusts the certificate of this proxy, which
<a href="http://bascule.local/">has a page about itself</a>.</p>
</body>
</html>
)";

}  // namespace

std::string own_text(std::string_view subject, std::string_view fingerprint, std::string_view valid_until) {
    return fmt::format(kPage, fmt::arg("subject", http::in_html(subject)), fmt::arg("fingerprint", fingerprint),
                       fmt::arg("not_after", valid_until));
}

std::string_view trusted_text() {
    return kTrusted;
}

}  // namespace bascule::proxy
