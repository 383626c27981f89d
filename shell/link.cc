#include "shell/link.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace moonlet {
namespace {

constexpr int kStalledMs = 10000;  // a line that takes no byte for so long is lost

Status Refused(const char* what, const std::string& which, const char* why) {
  return Status::Error(Code::kIo, "%s%s: %s", what, which.c_str(), why);
}

// Sets the line's speed and turns off all that would change bytes.
bool SetRaw(int descriptor) {
  termios mode;
  if (tcgetattr(descriptor, &mode) != 0) return false;
  cfmakeraw(&mode);
  mode.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  mode.c_cflag |= CLOCAL | CREAD;
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  cfsetspeed(&mode, B115200);
  return tcsetattr(descriptor, TCSANOW, &mode) == 0;
}

// "HOST:PORT" apart. False: there is no port.
bool SplitAddress(const std::string& address, std::string* host, std::string* port) {
  const size_t colon = address.rfind(':');
  if (colon == address.npos || colon == 0 || colon + 1 == address.size()) return false;
  *host = address.substr(0, colon);
  *port = address.substr(colon + 1);
  if (host->starts_with('[') && host->ends_with(']')) *host = host->substr(1, host->size() - 2);
  return true;
}

int ConnectAny(const addrinfo* addresses) {
  for (const addrinfo* a = addresses; a != nullptr; a = a->ai_next) {
    const int connection = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (connection < 0) continue;
    if (connect(connection, a->ai_addr, a->ai_addrlen) == 0) return connection;
    const int why = errno;
    close(connection);
    errno = why;
  }
  return -1;
}

}  // namespace

int Deadline::Left(int most) const {
  if (never_) return most;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left + 1, 0, most));
}

Link::Link(int descriptor) : descriptor_(descriptor) {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  std::signal(SIGPIPE, SIG_IGN);  // a lost line is an answer, not the end of the process
}

Link& Link::operator=(Link&& other) noexcept {
  if (this == &other) return *this;
  Close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

void Link::Close() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

Status Link::OpenSerial(const std::string& path) {
  const int line = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (line < 0) {
    const Code code = errno == ENOENT ? Code::kNotFound : Code::kIo;
    return Status::Error(code, "%s: %s", path.c_str(), std::strerror(errno));
  }
  Link opened(line);
  if (ioctl(line, TIOCEXCL) != 0 || !SetRaw(line)) return Refused("", path, "no serial line");
  *this = std::move(opened);
  return {};
}

Status Link::Connect(const std::string& address) {
  std::string host, port;
  if (!SplitAddress(address, &host, &port)) {
    return Status::Invalid("%s is no address such as 127.0.0.1:4000", address.c_str());
  }
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &wanted, &found); error != 0) {
    return Refused("tcp:", address, gai_strerror(error));
  }
  const int connection = ConnectAny(found);
  const int why = errno;
  freeaddrinfo(found);
  if (connection < 0) return Refused("tcp:", address, std::strerror(why));
  const int now = 1;  // small pieces that somebody waits for
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now));
  *this = Link(connection);
  return {};
}

Link::Event Link::Read(std::string* bytes, int milliseconds) {
  pollfd line = {descriptor_, POLLIN, 0};
  const int ready = poll(&line, 1, milliseconds);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return Event::kNothing;
  if (ready < 0) return Event::kLost;
  char piece[4096];
  const ssize_t size = read(descriptor_, piece, sizeof(piece));
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Event::kNothing;
  if (size <= 0) return Event::kLost;
  bytes->append(piece, static_cast<size_t>(size));
  return Event::kBytes;
}

bool Link::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(descriptor_, bytes.data(), bytes.size());
    if (size > 0) {
      bytes.remove_prefix(static_cast<size_t>(size));
      continue;
    }
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return false;
    pollfd line = {descriptor_, POLLOUT, 0};
    if (poll(&line, 1, kStalledMs) == 0) return false;
  }
  return true;
}

Status LostLink() { return Status::Error(Code::kIo, "the link to the device is lost"); }

}  // namespace moonlet
