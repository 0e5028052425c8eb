#include "tls/verify/paths.h"

#include "tls/openssl.h"

#include <algorithm>

namespace bascule::tls {
namespace {

constexpr int kMostPaths = 8;
constexpr int kMostSteps = 512;
constexpr std::size_t kDeepest = 10;  // intermediates

bool issued(X509* issuer, X509* certificate) {
    return X509_check_issued(issuer, certificate) == X509_V_OK;
}

class Search {
  public:
    Search(X509_STORE* store, STACK_OF(X509) * untrusted, const std::function<bool(const Path&)>& look)
        : untrusted_(untrusted), look_(look), context_(X509_STORE_CTX_new()) {
        require(context_ && X509_STORE_CTX_init(context_.get(), store, nullptr, nullptr) == 1, "verification");
    }

    /// True: the search is over.
    bool from(X509* certificate) {
        if (++steps_ > kMostSteps) return true;
        return to_anchors(certificate) || through_untrusted(certificate);
    }

  private:
    bool to_anchors(X509* certificate) {
        const ChainHandle anchors(X509_STORE_CTX_get1_certs(context_.get(), X509_get_issuer_name(certificate)));
        for (int i = 0; i < sk_X509_num(anchors.get()); ++i) {
            auto* anchor = sk_X509_value(anchors.get(), i);
            if (!issued(anchor, certificate)) continue;
            path_.anchor = share(anchor);
            if (look_(path_) || ++paths_ == kMostPaths) return true;
        }
        return false;
    }

    bool through_untrusted(X509* certificate) {
        if (path_.intermediates.size() == kDeepest) return false;
        for (int i = 0; i < sk_X509_num(untrusted_); ++i) {
            auto* issuer = sk_X509_value(untrusted_, i);
            const bool used = std::ranges::any_of(path_.intermediates, [&](X509* one) { return same(one, issuer); });
            if (used || same(issuer, certificate) || !issued(issuer, certificate)) continue;
            path_.intermediates.push_back(issuer);
            if (from(issuer)) return true;
            path_.intermediates.pop_back();
        }
        return false;
    }

    static bool same(const X509* a, const X509* b) { return X509_cmp(a, b) == 0; }

    STACK_OF(X509) * untrusted_;
    const std::function<bool(const Path&)>& look_;
    Handle<X509_STORE_CTX, X509_STORE_CTX_free> context_;
    Path path_;
    int paths_ = 0;
    int steps_ = 0;
};

}  // namespace

void each_path(X509_STORE* store, X509* leaf, STACK_OF(X509) * untrusted,
               const std::function<bool(const Path&)>& look) {
    Search(store, untrusted, look).from(leaf);
}

}  // namespace bascule::tls
