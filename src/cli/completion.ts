/** `completion SHELL`: what a shell needs to complete command lines, made from the commands themselves. */
import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print what bash, zsh or fish needs to complete the commands and options of uring-replay')
    .addArgument(new Argument('<SHELL>').choices(SHELLS))
    .option('--json', 'the commands and options as JSON instead')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(uring-replay completion bash)                          # in ~/.bashrc
  $ uring-replay completion zsh > ~/.zfunc/_uring-replay            # fpath+=(~/.zfunc) before compinit in ~/.zshrc
  $ uring-replay completion fish > ~/.config/fish/completions/uring-replay.fish`,
    )
    .action(async (shell: (typeof SHELLS)[number], { json = false }: { json?: boolean }) => {
      const { describeCommand } = await import('../completion/model.js');
      const root = describeCommand(program);
      const text =
        json ? `${JSON.stringify(root)}\n`
        : shell === 'bash' ? (await import('../completion/bash.js')).bashCompletion(root)
        : shell === 'zsh' ? (await import('../completion/zsh.js')).zshCompletion(root)
        : (await import('../completion/fish.js')).fishCompletion(root);
      process.stdout.write(text);
    });
}
