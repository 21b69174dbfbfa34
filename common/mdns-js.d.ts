// The part of mdns-js we use; the package ships no types.
declare module 'mdns-js' {
  import type { EventEmitter } from 'node:events';

  interface ServiceType {
    readonly name: string;
    readonly protocol: string;
  }

  interface BrowserUpdate {
    /** Of the machine that answered. */
    readonly addresses: readonly string[];
    readonly type?: readonly ServiceType[];
    readonly port?: number;
    readonly txt?: readonly string[];
  }

  interface Browser extends EventEmitter<{ ready: []; update: [BrowserUpdate] }> {
    discover(): void;
    stop(): void;
  }

  interface Advertisement {
    start(): void;
    stop(next?: () => void): void;
  }

  const mdns: {
    tcp(name: string): ServiceType;
    createBrowser(type: ServiceType): Browser;
    createAdvertisement(
      type: ServiceType,
      port: number,
      options: { readonly name: string; readonly txt: Readonly<Record<string, string>> },
    ): Advertisement;
  };
  export default mdns;
}
