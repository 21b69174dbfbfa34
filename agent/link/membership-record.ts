// Decodes the stored membership. A damaged record is never replaced by a new one: that would make the machine a stranger
// whose old pods nobody stops.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { parseCidr } from '../../common/cidr.ts';
import { LongshoreError } from '../../common/errors.ts';
import { isAgentName } from '../../common/names.ts';
import type { ClusterFacts, JoinedAs, MembershipRecord } from './membership.ts';

export function parseMembership(value: unknown): MembershipRecord {
  if (!isObject(value)) throw damaged('it is no object');
  const { keyPem, lineage, epochSeen, joined, removed, cluster } = value;
  if (typeof keyPem !== 'string' || !isPrivateKey(keyPem)) throw damaged('its key cannot be read');
  if (typeof lineage !== 'string' || lineage === '') throw damaged('its lineage is missing');
  if (typeof epochSeen !== 'number' || !Number.isSafeInteger(epochSeen) || epochSeen < 0) {
    throw damaged('its epoch is no whole number');
  }
  return {
    keyPem,
    lineage,
    epochSeen,
    ...(joined === undefined ? {} : { joined: parseJoined(joined) }),
    ...(removed === true ? { removed } : {}),
    ...(cluster === undefined ? {} : { cluster: parseCluster(cluster) }),
  };
}

function parseJoined(value: unknown): JoinedAs {
  if (!isObject(value)) throw damaged('its identity is no object');
  const { name, uid, certificatePem, caPem, tokenId } = value;
  if (typeof name !== 'string' || !isAgentName(name)) throw damaged('its agent name is malformed');
  if (typeof uid !== 'string' || uid === '') throw damaged('its agent uid is missing');
  if (typeof certificatePem !== 'string' || !isCertificate(certificatePem))
    throw damaged('its certificate is unreadable');
  if (typeof caPem !== 'string' || !isCertificate(caPem)) throw damaged('its CA certificate is unreadable');
  return { name, uid, certificatePem, caPem, ...(typeof tokenId === 'string' ? { tokenId } : {}) };
}

function parseCluster(value: unknown): ClusterFacts {
  if (!isObject(value) || !isObject(value['dns'])) throw damaged('what it knows of the cluster is malformed');
  const { nodeName, podCidr } = value;
  const { nameservers, domain } = value['dns'];
  if (typeof nodeName !== 'string' || typeof domain !== 'string' || !isAddressList(nameservers))
    throw damaged('what it knows of the cluster is malformed');
  if (podCidr !== undefined && (typeof podCidr !== 'string' || !parseCidr(podCidr)))
    throw damaged('its pod addresses are malformed');
  return { nodeName, dns: { nameservers, domain }, ...(podCidr === undefined ? {} : { podCidr }) };
}

function isAddressList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && isIP(item) !== 0);
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(what: string): LongshoreError {
  return new LongshoreError(
    'invalid',
    `the agent's identity in its state folder is damaged: ${what}; restore it, or remove identity.json and join anew with another token`,
  );
}
