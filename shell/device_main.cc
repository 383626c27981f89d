// The program of a device's image.
#include "shell/device_session.h"

int main() {
  moonlet::ConsoleLine line;
  (void)moonlet::RunDevice({.runtime = moonlet::DeviceRuntime()}, line);
}
