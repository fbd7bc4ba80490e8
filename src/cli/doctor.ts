/** `doctor`: what this host can do, and what to do about what it can't. */
import type { Command } from 'commander';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description("what this host can do, and what to do about what it can't; exit status 0 when serial and ring replay work")
    .option('--json', 'machine-readable, to standard output')
    .addHelpText('after', '\nExample:\n  $ uring-replay doctor --json')
    .action(async ({ json }: { json?: boolean }) => {
      const { diagnose } = await import('../doctor/checks.js');
      const diagnosis = await diagnose();
      if (json === true) {
        process.stdout.write(JSON.stringify(diagnosis, null, 2) + '\n');
      } else {
        const { diagnosisText } = await import('../report/diagnosis.js');
        process.stdout.write(diagnosisText(diagnosis));
      }
      if (!diagnosis.ok) process.exitCode = 1;
    });
}
