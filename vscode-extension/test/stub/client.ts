// The language client, without a process behind it.

export enum TransportKind {
  stdio = 0,
}
export enum RevealOutputChannelOn {
  Never = 4,
}
export enum State {
  Stopped = 1,
  Running = 2,
  Starting = 3,
}

export const clients: LanguageClient[] = [];

export class LanguageClient {
  running = false;
  private listener: (event: { newState: State }) => void = () => {};

  constructor(
    readonly id: string,
    readonly name: string,
    readonly server: { command: string; args: string[] },
  ) {
    clients.push(this);
  }

  onDidChangeState(listener: (event: { newState: State }) => void): void {
    this.listener = listener;
  }

  async start(): Promise<void> {
    this.running = true;
    this.listener({ newState: State.Running });
  }

  async dispose(): Promise<void> {
    this.running = false;
    this.listener({ newState: State.Stopped });
  }
}
