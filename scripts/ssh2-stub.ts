// In place of ssh2 in the bundles: docker-modem loads it eagerly, for `ssh://` addresses that we never use, and it drags
// half a megabyte and a native module along.
export class Client {
  constructor() {
    throw new Error('this build speaks to Docker over its socket, not over SSH');
  }
}
