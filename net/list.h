#pragma once

namespace bascule::net {

/// A node of an intrusive, circular, doubly linked list. Leaves the list it is in when destroyed: that is how a
/// cancelled wait disappears from wherever it was queued.
class ListNode {
  public:
    ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;
    ~ListNode() { unlink(); }

    bool linked() const { return next_ != this; }
    void unlink() {
        prev_->next_ = next_;
        next_->prev_ = prev_;
        next_ = prev_ = this;
    }

  private:
    template <class>
    friend class List;
    ListNode* next_ = this;
    ListNode* prev_ = this;
};

template <class T>
class List {
  public:
    bool empty() const { return !head_.linked(); }
    T& front() { return static_cast<T&>(*head_.next_); }
    void push_back(T& item) {
        ListNode& node = item;
        node.unlink();
        node.prev_ = head_.prev_;
        node.next_ = &head_;
        node.prev_->next_ = &node;
        head_.prev_ = &node;
    }
    /// Moves everything of `other` behind what is here.
    void take_all(List& other) {
        while (!other.empty()) push_back(other.front());
    }

  private:
    ListNode head_;
};

}  // namespace bascule::net
