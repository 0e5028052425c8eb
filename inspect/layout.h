#pragma once

#include "inspect/line/line.h"
#include "inspect/log.h"

namespace bascule::inspect {

/// A message with its content: its own lines, whatever those of records look like.
template <class Message>
struct Shown {
    const MessagePlace& place;
    const Message& message;
};

/// How a line looks at an output.
struct alignas(8) Layout {  // so that an atomic one takes no lock
    Format format = Format::text;
    bool journal = false;   ///< entries are frames for the journal
    bool prefixed = false;  ///< stderr leads to the journal
    bool color = false;
    bool headers = false;  ///< of exchanges, below their lines
    bool content = false;  ///< messages are shown
    bool whole = false;    ///< nothing is cut
    bool window = false;   ///< of somebody who watches
    bool operator==(const Layout&) const = default;

    /// A record or an event with its line end, or a frame.
    template <class Item>
    void append(std::string& out, Level level, const Item& item) const;
    template <class Message>
    void append(std::string& out, Level level, const Shown<Message>& shown) const;

  private:
    LineStyle style() const;
    template <class Item>
    void append_line(std::string& out, const Item& item, LineStyle style) const;
    template <class Item>
    void append_entry(std::string& out, Level level, const Item& item) const;
};

/// Throws Error where the output cannot take the format.
Layout layout_for(const LogOptions& options);

}  // namespace bascule::inspect
