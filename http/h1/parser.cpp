#include "http/h1/parser.h"

#include "http/h1/bad_head.h"
#include "http/h1/grammar.h"
#include "http/h1/head_end.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace bascule::http {
namespace {

namespace beast = boost::beast;

/// Beast calls back in order, with views into the text: none of its lines is folded (HeadEnd).
template <bool kRequest, class Line>
class Parser : public beast::http::basic_parser<kRequest> {
  public:
    explicit Parser(std::vector<FieldView>& out) : fields(out) {}

    Line line;
    std::vector<FieldView>& fields;

  private:
    using View = beast::string_view;
    using Code = beast::error_code;

    void on_request_impl(beast::http::verb, View method, View target, int version, Code&) override {
        if constexpr (kRequest) line = {method, target, version % 10};
    }
    void on_response_impl(int status, View reason, int version, Code&) override {
        if constexpr (!kRequest) line = {version % 10, status, reason};
    }
    void on_field_impl(beast::http::field, View name, View value, Code&) override { fields.push_back({name, value}); }
    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    std::size_t on_body_impl(View, Code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View, Code&) override { return 0; }
    void on_finish_impl(Code&) override {}
};

/// What Beast found outside the grammar.
std::string_view meaning_of(const beast::error_code& fault) {
    using Error = beast::http::error;
    if (fault == Error::bad_method) return "the method is not a token (RFC 9110 section 9.1)";
    if (fault == Error::bad_target || fault == Error::bad_version) return kNoRequestLine;
    if (fault == Error::bad_status || fault == Error::bad_reason) return kNoStatusLine;
    if (fault == Error::bad_field) return "a header field is not name: value (RFC 9112 section 5)";
    if (fault == Error::bad_value) return "a header field holds control characters (RFC 9110 section 5.5)";
    if (fault == Error::bad_line_ending) return "a line does not end with CR LF (RFC 9112 section 2.2)";
    if (fault == Error::bad_content_length) return "Content-Length is not one plain number (RFC 9112 section 6.3)";
    if (fault == Error::bad_transfer_encoding) return "Transfer-Encoding is not one (RFC 9112 section 6.1)";
    return "it is not a message of HTTP/1.1 (RFC 9112 section 2.1)";
}

/// Where a head has been put into the parser whole, or a line of it alone.
template <class Parser>
void put(Parser& parser, std::string_view text, bool whole) {
    beast::error_code fault;
    parser.put(boost::asio::const_buffer(text.data(), text.size()), fault);
    if (!whole && fault == beast::http::error::need_more) return;
    if (fault || !parser.is_done()) throw BadHead{400, std::string(meaning_of(fault))};
}

template <class Parser>
void prepare(Parser& parser) {
    parser.skip(true);
    parser.header_limit(kLargestHead);
}

}  // namespace

RequestLine parse_request(std::string_view text, std::vector<FieldView>& fields) {
    Parser<true, RequestLine> parser(fields);
    prepare(parser);
    put(parser, text, true);
    return parser.line;
}

StatusLine parse_answer(std::string_view text, std::vector<FieldView>& fields) {
    constexpr std::string_view shortest = "HTTP/1.1 200\r\n";
    Parser<false, StatusLine> parser(fields);
    prepare(parser);
    const auto line = text.substr(0, text.find('\n') + 1);
    if (line.size() == shortest.size()) {  // without the space after the status, as small servers write it
        put(parser, std::string(line.substr(0, shortest.size() - 2)) + " \r\n", false);
        text.remove_prefix(line.size());
    }
    put(parser, text, true);
    return parser.line;
}

}  // namespace bascule::http
