// A static executable that takes a program file: for guests without Node, sanitizers and fuzzers.
// `uring-runner --time CMD...` times a command instead (time_command.h).
#include <cstdio>
#include <cstring>
#include <vector>

#include "program.h"
#include "time_command.h"

int main(int argc, char** argv) {
  if (argc >= 3 && strcmp(argv[1], "--time") == 0) return ur::time_command(argv + 2);
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : nullptr;
  if (file == nullptr) return 2;
  std::vector<uint8_t> bytes;
  uint8_t block[65536];
  for (size_t got; (got = fread(block, 1, sizeof(block), file)) > 0;)
    bytes.insert(bytes.end(), block, block + got);
  fclose(file);
  ur::Program program;
  const std::string wrong = ur::decode(bytes.data(), bytes.size(), &program);
  if (!wrong.empty()) fprintf(stderr, "%s\n", wrong.c_str());
  return wrong.empty() ? 0 : 2;
}
