// Fuzzes decode(): whatever the bytes, no crash, and what passes is safe to walk. With clang a libFuzzer
// target; else (UR_STANDALONE) `decode-fuzz PROGRAM ROUNDS [SEED]` mutates a valid program.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "program.h"
#include "session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint64_t> words((size + 7) / 8);  // decode() asks for alignment
  if (size > 0) memcpy(words.data(), data, size);
  ur::Program program;
  if (!ur::decode(reinterpret_cast<const uint8_t*>(words.data()), size, &program).empty()) return 0;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < program.header->setup_count + program.header->op_count; i++) {
    const ur::Op& op = program.setup[i];
    if (op.path != ur::kNoPath) sum += strlen(program.path(op.path));
    if (op.path2 != ur::kNoPath) sum += strlen(program.path(op.path2));
    for (uint32_t k = 0; k < op.dep_count; k++) sum += program.edges[op.dep_start + k];
    sum += strlen(ur::code_name(op.code));
  }
  if (program.header->io_bytes_max > 1u << 20) return 0;
  ur::Buffers buffers(program.header->io_bytes_max, program.header->flags & ur::kHeaderWrites);
  for (uint32_t i = 0; i < program.header->setup_count + program.header->op_count; i++) {
    sum += static_cast<uint64_t>(ur::make_call(program, program.setup[i], buffers, 1000).nr);
  }
  volatile uint64_t sink = sum;
  (void)sink;
  return 0;
}

#ifdef UR_STANDALONE
int main(int argc, char** argv) {
  FILE* file = argc >= 3 ? fopen(argv[1], "rb") : nullptr;
  if (file == nullptr) {
    fprintf(stderr, "usage: decode-fuzz PROGRAM ROUNDS [SEED]\n");
    return 2;
  }
  std::vector<uint8_t> valid;
  for (int byte; (byte = fgetc(file)) != EOF;) valid.push_back(static_cast<uint8_t>(byte));
  fclose(file);
  const unsigned long rounds = strtoul(argv[2], nullptr, 10);
  uint64_t state = argc > 3 ? strtoul(argv[3], nullptr, 10) : 1;
  const auto random = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 33);
  };
  for (unsigned long round = 0; round < rounds; round++) {
    std::vector<uint8_t> bytes = valid;
    for (uint32_t i = 0, changes = 1 + random() % 8; i < changes && !bytes.empty(); i++) {
      const uint32_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<uint8_t>(random());
          break;
        case 1:
          bytes[at] ^= static_cast<uint8_t>(1u << random() % 8);
          break;
        case 2:
          bytes.resize(at);
          break;
        default:
          bytes[at] = random() % 2 ? 0xff : 0;
          break;
      }
    }
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  printf("%lu mutations of %zu bytes\n", rounds, valid.size());
  return 0;
}
#endif
