// Loads the X.509 library when it is first needed: it costs 20 MB that a CLI command need not pay.

export type X509 = typeof import('@peculiar/x509');

/** The one kind of key there is: small, fast everywhere, and known to every TLS stack. */
export const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

export async function loadX509(): Promise<X509> {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}
