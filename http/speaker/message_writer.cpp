#include "http/speaker/message_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace bascule::http {
namespace {

std::string lines_of(const OwnedFields& fields) {
    std::string text;
    for (const auto& field : fields) text.append(field.name).append(": ").append(field.value).append("\r\n");
    return text;
}

}  // namespace

bool says_length(const OwnedFields& fields) {
    return find_field(fields, "Content-Length") != nullptr;
}

void MessageWriter::head(std::string_view first_line, const OwnedFields& fields, std::string_view more,
                         Content content) {
    content_ = content;
    const std::string_view coding = content == Content::chunked ? "Transfer-Encoding: chunked\r\n" : "";
    raw(fmt::format("{}\r\n{}{}{}\r\n", first_line, lines_of(fields), more, coding));
}

void MessageWriter::content(ByteView octets) {
    if (octets.empty() || content_ == Content::none) return;
    if (content_ == Content::chunked) raw(fmt::format("{:x}\r\n", octets.size()));
    add(octets, true);
    if (content_ == Content::chunked) raw("\r\n");
}

void MessageWriter::end(const OwnedFields& trailers) {
    if (content_ == Content::chunked) raw(fmt::format("0\r\n{}\r\n", lines_of(trailers)));
    content_ = Content::none;
}

void MessageWriter::add(ByteView octets, bool is_content) {
    if (pieces_.empty() || pieces_.back().is_content != is_content) pieces_.push_back({{}, is_content});
    auto& last = pieces_.back().octets;
    last.insert(last.end(), octets.begin(), octets.end());
}

std::size_t MessageWriter::output(Bytes& into, std::size_t most) {
    std::size_t content = 0;
    while (!pieces_.empty() && most > 0) {
        auto& [octets, is_content, taken] = pieces_.front();
        const auto some = std::min(most, octets.size() - taken);
        const auto from = octets.begin() + static_cast<std::ptrdiff_t>(taken);
        into.insert(into.end(), from, from + static_cast<std::ptrdiff_t>(some));
        most -= some;
        taken += some;
        if (is_content) content += some;
        if (taken == octets.size()) pieces_.pop_front();
    }
    return content;
}

}  // namespace bascule::http
