import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** How tests reach an API server. */
export interface KubeAddress {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** The file with the certificate of its authority. */
  readonly caFile: string;
  /** The token of one who may do everything. */
  readonly token: string;
}

/** What the server answered. */
export interface KubeAnswer {
  readonly status: number;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** Sends one request to an API server, by default as one who may do everything. */
export function askKube(
  { url, caFile, token }: KubeAddress,
  method: string,
  path: string,
  body?: string | object,
  contentType = 'application/json',
): Promise<KubeAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
    const sent = request(`${url}${path}`, { method, headers, ca: readFileSync(caFile), agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('error', reject);
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: parsed(text) }));
    });
    sent.once('error', reject);
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
}

/** Sends one request that must succeed, and gives what it answered. @throws Error with what the server said otherwise */
export async function tellKube<T = unknown>(
  address: KubeAddress,
  method: string,
  path: string,
  body?: string | object,
  contentType?: string,
): Promise<T> {
  const answer = await askKube(address, method, path, body, contentType);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

/** The text of a kubeconfig. @param token Whose it is; by default of one who may do everything. */
export function kubeconfigOf({ url, caFile, token }: KubeAddress, namespace = 'default'): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
