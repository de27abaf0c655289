/** Takes OTLP/HTTP trace exports and keeps their bodies. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sink {
  readonly url: string;
  /** All bodies since the last time as one: requests that follow each other are one request on the wire of protobuf. */
  take(): Buffer;
  close(): Promise<void>;
}

export async function startSink(): Promise<Sink> {
  let bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') bodies.push(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const body = Buffer.concat(bodies);
      bodies = [];
      return body;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
