// Which pods a command is about: the flags, and what they come to.
import { type Command, Option } from 'commander';
import { parseAgentName, parseNamespace } from './flag-values.ts';

export interface PodFilterFlags {
  readonly agent?: string;
  readonly podNamespace?: string;
  readonly selector?: string;
}

export function addPodFilterFlags(command: Command): Command {
  return command
    .optionsGroup('Which pods:')
    .option('--agent <name>', 'only the pods on this agent', parseAgentName)
    .option('-l, --selector <selector>', 'by the labels of the pods, such as app=web,tier in (front),!old')
    .option(
      '-n, --pod-namespace <name>',
      'only the pods of this namespace (--namespace is the controller’s own)',
      parseNamespace,
    )
    .addOption(
      new Option('-A, --all-namespaces', 'the pods of all namespaces; so it is without -n too').conflicts(
        'podNamespace',
      ),
    );
}

export function podFilter({ agent = '', podNamespace = '', selector = '' }: PodFilterFlags) {
  return { agent, namespace: podNamespace, selector };
}
