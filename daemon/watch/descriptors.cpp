#include "daemon/watch/descriptors.h"

#include "base/error.h"

#include <sys/socket.h>

#include <array>
#include <cstring>

namespace bascule::daemon {
namespace {

constexpr std::size_t kMost = 8;

/// A message of one octet, with room for descriptors beside it.
struct Message {
    char octet = 0;
    iovec piece{.iov_base = &octet, .iov_len = 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMost * sizeof(int))> room{};
    msghdr head{.msg_name = nullptr,
                .msg_namelen = 0,
                .msg_iov = &piece,
                .msg_iovlen = 1,
                .msg_control = room.data(),
                .msg_controllen = room.size(),
                .msg_flags = 0};
};

}  // namespace

DescriptorPair::DescriptorPair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        throw Error("socketpair: {}", errno_text(errno));
    }
    parent.reset(ends[0]);
    child.reset(ends[1]);
}

void send_descriptors(int socket, const std::vector<UniqueFd>& descriptors) {
    Message message;
    std::vector<int> numbers;
    numbers.reserve(descriptors.size());
    for (const auto& descriptor : descriptors) numbers.push_back(descriptor.get());
    const auto size = numbers.size() * sizeof(int);
    message.head.msg_controllen = CMSG_SPACE(size);
    auto* control = CMSG_FIRSTHDR(&message.head);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(control), numbers.data(), size);
    if (::sendmsg(socket, &message.head, MSG_NOSIGNAL) != 1) throw Error("sendmsg: {}", errno_text(errno));
}

std::vector<UniqueFd> receive_descriptors(int socket) {
    Message message;
    if (::recvmsg(socket, &message.head, MSG_CMSG_CLOEXEC) != 1) return {};
    const auto* control = CMSG_FIRSTHDR(&message.head);
    if (!control || control->cmsg_type != SCM_RIGHTS) return {};
    std::vector<int> numbers((control->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(numbers.data(), CMSG_DATA(control), numbers.size() * sizeof(int));
    std::vector<UniqueFd> descriptors;
    descriptors.reserve(numbers.size());
    for (const int number : numbers) descriptors.emplace_back(number);
    return descriptors;
}

}  // namespace bascule::daemon
