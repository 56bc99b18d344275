/* A harmless stand-in for kubeletctl, for recording: it connects, sends one GET, reads a little.
 *
 *   kubeletctl VERB [WORD...] --server ADDRESS | --cidr ADDRESS/BITS
 *
 * Each address is asked on port 10250, a scan also on 10255. Connections are opened without
 * waiting, as programs written in Go do, so that the kernel logs EINPROGRESS.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void ask(uint32_t address, uint16_t port) {
  static const char request[] = "GET /pods HTTP/1.0\r\n\r\n";
  char answer[512];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(address);
  int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s < 0) return;
  connect(s, (struct sockaddr *)&to, sizeof to);
  struct pollfd wait = {.fd = s, .events = POLLOUT};
  if (poll(&wait, 1, 500) == 1 && !(wait.revents & (POLLERR | POLLHUP)) &&
      write(s, request, sizeof request - 1) > 0) {
    wait.events = POLLIN;
    if (poll(&wait, 1, 500) == 1 && read(s, answer, sizeof answer) > 0)
      printf("%s:%u answers\n", inet_ntoa(to.sin_addr), port);
  }
  close(s);
}

int main(int argc, char **argv) {
  const char *target = NULL;
  int scan = argc > 1 && !strcmp(argv[1], "scan");
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], "--server") || !strcmp(argv[i], "-s") || !strcmp(argv[i], "--cidr"))
      target = argv[i + 1];
  if (target == NULL) return 2;
  char text[32];
  snprintf(text, sizeof text, "%s", target);
  char *slash = strchr(text, '/');
  int bits = slash ? atoi(slash + 1) : 32;
  if (slash) *slash = 0;
  struct in_addr parsed;
  if (!inet_aton(text, &parsed) || bits < 28 || bits > 32) return 2;
  uint32_t first = ntohl(parsed.s_addr);
  uint32_t count = 1u << (32 - bits);
  for (uint32_t i = 0; i < count; i++) {
    if (count > 2 && (i == 0 || i == count - 1)) continue;
    ask(first + i, 10250);
    if (scan) ask(first + i, 10255);
  }
  return 0;
}
