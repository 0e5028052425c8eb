#pragma once

#include "net/task/task.h"

#include <array>
#include <tuple>

namespace bascule::net {

/// Starts all, in order, and finishes with the first that does: a variant whose index tells which. The others have
/// been destroyed, hence cancelled, before the awaiting coroutine goes on. An exception of the first to finish is
/// rethrown, after the others are gone.
template <class... Ts>
class [[nodiscard]] AnyOf {
  public:
    explicit AnyOf(Task<Ts>... tasks) : tasks_(std::move(tasks)...) {}
    AnyOf(const AnyOf&) = delete;
    AnyOf& operator=(const AnyOf&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
        start(std::index_sequence_for<Ts...>{});
        parent_ = parent;
        return winner_ == kNone;
    }
    std::variant<Plain<Ts>...> await_resume() { return collect(std::index_sequence_for<Ts...>{}); }

  private:
    static constexpr std::size_t kNone = sizeof...(Ts);

    struct Branch final : Completion {
        AnyOf* owner = nullptr;
        std::size_t index = 0;
        std::coroutine_handle<> finished() noexcept override {
            owner->winner_ = index;
            // Finished while still being started: await_suspend sees it and does not suspend.
            return owner->parent_ ? owner->parent_ : std::noop_coroutine();
        }
    };

    template <std::size_t... I>
    void start(std::index_sequence<I...>) {
        ((winner_ == kNone ? start_branch(branches_[I], std::get<I>(tasks_), I) : void()), ...);
    }
    template <class T>
    void start_branch(Branch& branch, Task<T>& task, std::size_t index) {
        branch.owner = this;
        branch.index = index;
        task.begin(branch).resume();
    }

    template <std::size_t... I>
    std::variant<Plain<Ts>...> collect(std::index_sequence<I...>) {
        ((I != winner_ ? std::get<I>(tasks_).reset() : void()), ...);
        std::optional<std::variant<Plain<Ts>...>> result;
        ((I == winner_ ? void(result.emplace(std::in_place_index<I>, take_plain(std::get<I>(tasks_)))) : void()), ...);
        return std::move(*result);
    }

    std::array<Branch, sizeof...(Ts)> branches_;
    std::tuple<Task<Ts>...> tasks_;  // after branches_: a task is destroyed before the branch it reports to
    std::coroutine_handle<> parent_;
    std::size_t winner_ = kNone;
};

template <class... Ts>
AnyOf<Ts...> any_of(Task<Ts>... tasks) {
    return AnyOf<Ts...>(std::move(tasks)...);
}

/// Starts both and finishes when both have; if one throws, the other is destroyed and the exception goes on.
template <class... Ts>
class [[nodiscard]] AllOf {
  public:
    explicit AllOf(Task<Ts>... tasks) : tasks_(std::move(tasks)...) {}
    AllOf(const AllOf&) = delete;
    AllOf& operator=(const AllOf&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
        start(std::index_sequence_for<Ts...>{});
        parent_ = parent;
        return left_ > 0 && !failed_;
    }
    std::tuple<Plain<Ts>...> await_resume() { return collect(std::index_sequence_for<Ts...>{}); }

  private:
    struct Branch final : Completion {
        AllOf* owner = nullptr;
        bool (*failed)(AllOf&) = nullptr;
        std::coroutine_handle<> finished() noexcept override {
            --owner->left_;
            owner->failed_ = owner->failed_ || failed(*owner);
            const bool over = owner->left_ == 0 || owner->failed_;
            return over && owner->parent_ ? owner->parent_ : std::noop_coroutine();
        }
    };

    template <std::size_t... I>
    void start(std::index_sequence<I...>) {
        ((failed_ ? void() : start_branch<I>()), ...);
    }
    template <std::size_t I>
    void start_branch() {
        branches_[I].owner = this;
        branches_[I].failed = [](AllOf& self) { return std::get<I>(self.tasks_).failed(); };
        std::get<I>(tasks_).begin(branches_[I]).resume();
    }

    template <std::size_t... I>
    std::tuple<Plain<Ts>...> collect(std::index_sequence<I...>) {
        if (failed_) {
            (rethrow_if_failed(std::get<I>(tasks_)), ...);
        }
        return {take_plain(std::get<I>(tasks_))...};
    }
    template <class T>
    void rethrow_if_failed(Task<T>& task) {
        if (task.done() && task.failed()) task.take();
    }

    std::array<Branch, sizeof...(Ts)> branches_;
    std::tuple<Task<Ts>...> tasks_;
    std::coroutine_handle<> parent_;
    std::size_t left_ = sizeof...(Ts);
    bool failed_ = false;
};

template <class... Ts>
AllOf<Ts...> all_of(Task<Ts>... tasks) {
    return AllOf<Ts...>(std::move(tasks)...);
}

}  // namespace bascule::net
