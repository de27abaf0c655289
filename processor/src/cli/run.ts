/** Arguments and surroundings go in, the exit code comes out: finds the command and lets it speak. */
import { shownOutput, shownText, withoutUserInfo } from '../base/shown-text.ts';
import { checkConfig } from './check-config.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { drill } from './drill.ts';
import { explain } from './explain.ts';
import { COMMAND_HELP, HELP } from './help.ts';
import type { ExitCode, Io, Output } from './io.ts';
import { retire } from './retire.ts';
import { status } from './status.ts';

/** Whatever a command writes: names come from spans, and a log or an error may quote a URL. */
function safe(output: Output): Output {
  return {
    write: (text) => output.write(withoutUserInfo(shownOutput(text))),
    get isTTY() {
      return output.isTTY;
    },
    get columns() {
      return output.columns;
    },
  };
}

/** Runs one command line, the arguments after `warmspare`. Rejects only for a defect of Warmspare. */
export async function run(args: readonly string[], surroundings: Io): Promise<ExitCode> {
  const io: Io = { ...surroundings, stdout: safe(surroundings.stdout), stderr: safe(surroundings.stderr) };
  const line = readCommandLine(args);
  switch (line.kind) {
    case 'help':
      io.stdout.write(line.command === undefined ? HELP : COMMAND_HELP[line.command]);
      return 0;
    case 'version':
      io.stdout.write(`${io.version}\n`);
      return 0;
    case 'wrong':
      io.stderr.write(`warmspare: ${shownText(`${line.message}; ${line.hint}`)}\n`);
      return 2;
    case 'run':
      return runCommand(line, io);
  }
}

async function runCommand({ command, options, files }: CommandLine & { kind: 'run' }, io: Io): Promise<ExitCode> {
  switch (command) {
    case 'serve': {
      // The short commands need not wait for what only a service loads.
      const { serve } = await import('./serve.ts');
      return serve(options, io);
    }
    case 'check-config':
      return checkConfig(files[0] ?? '', io);
    case 'status':
      return status(options, io);
    case 'explain':
      return explain(options, io);
    case 'drill':
      return drill(options, io);
    case 'retire':
      return retire(options, io);
    case 'migrate': {
      const { migrate } = await import('./migrate.ts');
      return migrate(options, io);
    }
  }
}
