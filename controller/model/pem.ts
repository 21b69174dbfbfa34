// Certificates in a text of several, such as a bundle of CAs.

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Each as PEM, in their order; what is between them is passed over. */
export function certificatesIn(text: string): string[] {
  return text.match(CERTIFICATE) ?? [];
}
