/** `warmspare retire`: asks a running service to forget targets, and lists them. */
import { shownText } from '../base/shown-text.ts';
import type { RetireAnswer } from '../service/retire.ts';
import { callAdmin, DEFAULT_URL, errorOf } from './admin-client.ts';
import type { Options } from './command-line.ts';
import type { ExitCode, Io } from './io.ts';
import { whatElse } from './rows-near.ts';
import { askStatus } from './status.ts';

/** 0 done, 2 no row or several match, a primary without `--force`, wrong use, refused or unreachable. */
export async function retire(options: Options, io: Io): Promise<ExitCode> {
  const { url, chain, target, service, namespace, environment, all, force } = options;
  if (typeof chain !== 'string' || typeof target !== 'string') {
    io.stderr.write('warmspare: retire wants --chain and --target; warmspare status lists them\n');
    return 2;
  }
  const isDry = options['dry-run'] === true;
  const flags = { ...(all === true && { all }), ...(isDry && { dry_run: true }), ...(force === true && { force }) };
  const selector = { chain, target, service, namespace, environment, ...flags };
  const answer = await callAdmin(io, typeof url === 'string' ? url : DEFAULT_URL, '/api/retire', selector);
  if ('unreachable' in answer) {
    io.stderr.write(`warmspare: ${answer.unreachable}\n`);
    return 2;
  }
  const { rows = [] } = isAnswer(answer.body) ? answer.body : {};
  if (answer.status === 404 && isAnswer(answer.body)) {
    const known = await askStatus('/status.json', options, io);
    if (known)
      io.stderr.write(
        `warmspare: ${shownText(whatElse(known.targets, { chain, target, service, namespace, environment }))}\n`,
      );
    return 2;
  }
  if (answer.status !== 200) {
    io.stderr.write(`warmspare: ${errorOf(answer)}\n${rows.map(rowLine).join('')}`);
    return 2;
  }
  io.stdout.write(isDry ? `Would retire:\n` : `Retired, until a later announcement brings it back:\n`);
  io.stdout.write(rows.map(rowLine).join(''));
  return 0;
}

function rowLine({
  chain,
  target,
  route_type: type,
  service,
  namespace,
  environment,
}: RetireAnswer['rows'][number]): string {
  const where = [service, namespace && `namespace ${namespace}`, environment].filter(Boolean).join(', ');
  return `  ${shownText(`${target}, ${type} of ${chain}${where === '' ? '' : `  (${where})`}`)}\n`;
}

function isAnswer(body: unknown): body is RetireAnswer {
  return typeof body === 'object' && body !== null && 'rows' in body && Array.isArray(body.rows);
}
