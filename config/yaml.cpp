#include "config/yaml.h"

#include "base/bytes.h"
#include "config/hint.h"
#include "config/utf8.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <istream>
#include <streambuf>

namespace bascule::config {
namespace {

constexpr std::size_t kLargest = 64_MiB;
constexpr std::size_t kDeepest = 32;

/// Ends the parsing; its problem has been told.
struct Stop {};

/// Builds nodes straight from the parser's events: the library's own nodes hide duplicates, share what aliases name,
/// and look keys up in linear time.
class Builder : public YAML::EventHandler {
  public:
    Builder(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}

    Node take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) stop(mark, "a second document begins here; one file holds one document");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        put(node(mark, Node::Kind::null));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        stop(mark, "an alias (*) is not used here; write the value, or in quotes where a name begins with *");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
        if (std::ranges::any_of(value, is_control)) problem(mark, in_quotes(value) + " holds a control character");
        auto scalar = node(mark, Node::Kind::scalar);
        scalar.quoted = tag == "!";
        scalar.text = value;
        put(std::move(scalar));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::list);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::map);
    }
    void OnMapEnd() override {
        drop_duplicates(open_.back().node.entries);
        close();
    }

  private:
    struct Open {
        Node node;
        std::optional<Node> key{};  ///< of a map: waits for its value
    };

    static Node node(const YAML::Mark& mark, Node::Kind kind) {
        Node made;
        made.kind = kind;
        made.line = std::max(mark.line, 0) + 1;
        made.column = std::max(mark.column, 0) + 1;
        return made;
    }
    void problem(const YAML::Mark& mark, std::string message) {
        const auto at = node(mark, Node::Kind::null);
        problems_.add({file_, at.line, at.column}, "", std::move(message));
    }
    [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
        problem(mark, std::move(message));
        throw Stop{};
    }
    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) problem(mark, "an anchor (&) is not used here; in quotes it is a text");
    }
    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.size() > 1) problem(mark, "a tag (!) is not used here; in quotes it is a text");
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (open_.size() == kDeepest) stop(mark, fmt::format("nested more than {} deep", kDeepest));
        open_.push_back({node(mark, kind)});
    }
    void close() {
        auto done = std::move(open_.back().node);
        open_.pop_back();
        put(std::move(done));
    }

    void put(Node done) {
        if (open_.empty()) {
            root_ = std::move(done);
        } else if (auto& parent = open_.back(); parent.node.kind == Node::Kind::list) {
            parent.node.items.push_back(std::move(done));
        } else if (!parent.key) {
            parent.key = std::move(done);
        } else {
            put_entry(parent, std::move(done));
        }
    }
    void put_entry(Open& parent, Node value) {
        Entry entry{*std::exchange(parent.key, std::nullopt), std::move(value)};
        if (entry.key.kind != Node::Kind::scalar) {
            problems_.add({file_, entry.key.line, entry.key.column}, "", "a key must be a word");
            return;
        }
        if (entry.value.kind == Node::Kind::null) {  // the parser places an empty value at whatever comes next
            entry.value.line = entry.key.line;
            entry.value.column = entry.key.column;
        }
        parent.node.entries.push_back(std::move(entry));
    }

    void drop_duplicates(std::vector<Entry>& entries) {
        std::vector<std::size_t> order(entries.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::sort(
            order, {}, [&](std::size_t i) { return std::pair<std::string_view, std::size_t>(entries[i].key.text, i); });
        std::vector<bool> again(entries.size());
        std::size_t first = 0;
        for (std::size_t i = 1; i < order.size(); ++i) {
            const auto& key = entries[order[i]].key;
            const auto& known = entries[order[first]].key;
            if (key.text != known.text) {
                first = i;
                continue;
            }
            again[order[i]] = true;
            problems_.add({file_, key.line, key.column}, "",
                          fmt::format("duplicate key {}; the first is at line {}, remove one of them",
                                      in_quotes(key.text), known.line));
        }
        std::size_t index = 0;
        std::erase_if(entries, [&](const Entry&) { return again[index++]; });
    }

    std::string file_;
    Problems& problems_;
    int documents_ = 0;
    Node root_{};
    std::vector<Open> open_;
};

/// A text read in place: std::istringstream would copy it.
class TextBuffer : public std::streambuf {
  public:
    explicit TextBuffer(std::string_view text) {
        auto* start = const_cast<char*>(text.data());  // only read from: there is no put area
        setg(start, start, start + text.size());
    }
};

Place place_of_octet(std::string_view text, std::size_t at, const std::string& file) {
    const auto before = text.substr(0, at);
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto start = before.rfind('\n') + 1;
    return {file, static_cast<int>(line), static_cast<int>(at - start) + 1};
}

/// Of the text, by its number from 0.
std::string_view line_of(std::string_view text, int number) {
    for (; number > 0 && text.contains('\n'); --number) text.remove_prefix(text.find('\n') + 1);
    return text.substr(0, text.find('\n'));
}

std::string syntax_message(const std::string& said, std::string_view line) {
    if (const auto usual = usual_mistake_in_line(line)) return "not YAML: " + *usual;
    const auto about = [&](const char* word) { return said.find(word) != said.npos; };
    if (about("alias") || about("anchor")) {
        return fmt::format("not YAML: {}; put a value that begins with * or & in quotes", said);
    }
    return fmt::format("not YAML: {}; look at the indentation, brackets and quotes here and above", said);
}

}  // namespace

std::optional<Node> read_yaml(std::string_view text, const std::string& file, Problems& problems) {
    if (text.size() > kLargest) {
        problems.add({file}, "", "larger than 64MiB; put long lists of names into files (file:LIST)");
        return std::nullopt;
    }
    if (const auto good = well_formed_prefix(text); good < text.size()) {
        problems.add(place_of_octet(text, good, file), "",
                     text[good] == '\0' ? "a NUL octet; the file must be text" : "not UTF-8; save the file as UTF-8");
        return std::nullopt;
    }
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    Builder builder(file, problems);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take_root();
    } catch (const Stop&) {
    } catch (const YAML::Exception& error) {
        problems.add({file, std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1}, "",
                     syntax_message(error.msg, line_of(text, error.mark.line)));
    }
    return std::nullopt;
}

}  // namespace bascule::config
