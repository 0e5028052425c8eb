#pragma once

#include "config/decode.h"
#include "tests/support/catch.h"

#include <string>
#include <string_view>
#include <vector>

/// The section `http`, as the file has it, behind two lines of what every file needs.
namespace bascule::config {

inline Loaded loaded(std::string_view http, const std::string& path = "b.yaml") {
    return parse_unbuilt(
        "ca: {certificate: ca.crt, key: ca.key}\n"
        "listeners: [{name: apps, address: 127.0.0.1:8080}]\n" +
            std::string(http),
        path);
}

inline std::vector<std::string> faults(std::string_view http, const std::string& path = "b.yaml") {
    std::vector<std::string> lines;
    for (const auto& problem : loaded(http, path).problems) lines.push_back(problem.text());
    return lines;
}

inline Config config_of(std::string_view http, const std::string& path = "b.yaml") {
    auto whole = loaded(http, path);
    for (const auto& problem : whole.problems) UNSCOPED_INFO(problem.text());
    REQUIRE(whole.config);
    return *std::move(whole.config);
}

/// The actions of the one rule whose `do` is this, as a flow of YAML.
inline std::vector<rules::MessageAction> actions_of(std::string_view list, const std::string& path = "b.yaml") {
    const auto config = config_of("http: [{do: " + std::string(list) + "}]\n", path);
    REQUIRE(config.messages->rules().size() == 1);
    return config.messages->rules().front().actions;
}

/// What is wrong with the one rule whose `do` is this, in line 3, where `do` has column 13.
inline std::string fault_in(std::string_view list) {
    const auto lines = faults("http: [{do: " + std::string(list) + "}]\n");
    return lines.size() == 1 ? lines.front() : std::to_string(lines.size()) + " faults";
}

}  // namespace bascule::config
