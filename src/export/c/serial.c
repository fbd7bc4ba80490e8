/* The file calls of a traced program, one by one in the order of the log. */
#include "common.h"

static void pass(void) {
  for (int i = 0; i < OPS; i++) outcomes[i].value = call(&ops[i], vectors[i], &outcomes[i]);
}

static void no_ops(void) {
  for (int i = 0; i < OPS; i++) outcomes[i].value = syscall(SYS_getppid);
}

int main(int argc, char **argv) {
  struct options o = parse_options(argc, argv, false);
  prepare();
  enter_root(o.root);
  return run_passes(&o, &(struct replay){.arm = "\"arm\":\"serial\"", .pass = o.nop ? no_ops : pass});
}
