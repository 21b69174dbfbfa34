// Failures to reach a container in the words in which kubelets say them, and people look them up.

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ETIMEDOUT: 'i/o timeout',
  ENOTFOUND: 'no such host',
};

export function networkWords(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return WORDS[String(code)] ?? String(message ?? error);
}
