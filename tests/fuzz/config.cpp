// links: bascule_config
#include "config/config.h"

#include <cstdint>
#include <string_view>

/// Whatever the text, there is either a configuration or a reason, and each reason has a place and prints.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto loaded = bascule::config::parse(text, "bascule.yaml");
    if (loaded.config.has_value() != loaded.problems.empty()) __builtin_trap();
    for (const auto& problem : loaded.problems) {
        if (problem.text().find('\n') != std::string::npos) __builtin_trap();
    }
    if (loaded.config && loaded.config->settings.size() != loaded.config->rules->rules().size() + 1) __builtin_trap();
    return 0;
}
