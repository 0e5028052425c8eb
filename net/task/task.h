#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

/// Coroutines without threads. The one rule of ownership: a Task is owned, and destroying it cancels it. After the
/// destructor has returned nothing of the task runs any more; only destructors of its locals have run. A reference
/// given to a task must live until the task has finished or is destroyed. Only suspended tasks are destroyed.
namespace bascule::net {

/// Told once, when a task has finished; returns what runs next.
class Completion {
  public:
    virtual std::coroutine_handle<> finished() noexcept = 0;

  protected:
    ~Completion() = default;
};

template <class T>
class Task;

namespace detail {

struct PromiseBase {
    Completion* completion = nullptr;
    std::exception_ptr failure;

    struct Final {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
            return self.promise().completion->finished();
        }
        void await_resume() noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { failure = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;

    Task<T> get_return_object() noexcept;
    template <class From>
    void return_value(From&& from) {
        value.emplace(std::forward<From>(from));
    }
    T take() {
        if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() {
        if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    }
};

}  // namespace detail

/// A lazy coroutine: nothing runs before it is awaited (or started by a combinator). Awaited at most once.
template <class T = void>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::Promise<T>;
    using Value = T;

    Task() = default;
    explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            reset();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    ~Task() { reset(); }

    explicit operator bool() const { return static_cast<bool>(handle_); }
    bool done() const { return handle_.done(); }
    /// Whether it ended by an exception that nobody has taken yet.
    bool failed() const { return static_cast<bool>(handle_.promise().failure); }
    /// The value, or the exception that ended the task; once, when it is done.
    T take() { return handle_.promise().take(); }
    /// Cancels: destroys the coroutine, which must be suspended.
    void reset() {
        if (handle_) std::exchange(handle_, {}).destroy();
    }
    /// For combinators: the coroutine to resume so that the task begins; `completion` outlives it.
    std::coroutine_handle<> begin(Completion& completion) noexcept {
        handle_.promise().completion = &completion;
        return handle_;
    }

    class Awaiter final : public Completion {
      public:
        explicit Awaiter(std::coroutine_handle<promise_type> task) : task_(task) {}
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
            parent_ = parent;
            task_.promise().completion = this;
            return task_;
        }
        T await_resume() { return task_.promise().take(); }
        std::coroutine_handle<> finished() noexcept override { return parent_; }

      private:
        std::coroutine_handle<promise_type> task_;
        std::coroutine_handle<> parent_;
    };
    Awaiter operator co_await() && noexcept { return Awaiter(handle_); }

  private:
    std::coroutine_handle<promise_type> handle_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() noexcept {
    return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> detail::Promise<void>::get_return_object() noexcept {
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

/// `void` has no values to put into a variant.
template <class T>
using Plain = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
Plain<T> take_plain(Task<T>& task) {
    if constexpr (std::is_void_v<T>) {
        task.take();
        return {};
    } else {
        return task.take();
    }
}

}  // namespace bascule::net
