// The part of the editor that the extension touches, with a memory of what was done to it.

export enum LanguageStatusSeverity {
  Information = 0,
  Warning = 1,
  Error = 2,
}

export const seen = {
  settings: {} as Record<string, unknown>,
  trusted: true,
  errors: [] as string[],
  log: [] as string[],
  status: { text: "", severity: LanguageStatusSeverity.Information, name: "", command: {} },
  commands: new Map<string, () => unknown>(),
  configurationListeners: [] as ((event: unknown) => unknown)[],
};

const disposable = { dispose(): void {} };

export const window = {
  createOutputChannel: () => ({
    info: (line: string) => seen.log.push(line),
    error: (line: string) => seen.log.push(line),
    show(): void {},
    dispose(): void {},
  }),
  showErrorMessage: async (message: string) => {
    seen.errors.push(message);
    return undefined;
  },
  showInformationMessage: async () => undefined,
  showTextDocument: async () => undefined,
};

export const languages = {
  createLanguageStatusItem: () => Object.assign(seen.status, disposable),
};

export const commands = {
  registerCommand(name: string, run: () => unknown) {
    seen.commands.set(name, run);
    return disposable;
  },
  executeCommand: async () => undefined,
};

export const workspace = {
  get isTrusted() {
    return seen.trusted;
  },
  workspaceFolders: undefined,
  getConfiguration: () => ({
    get: (key: string, otherwise: unknown) => seen.settings[key] ?? otherwise,
  }),
  onDidChangeConfiguration(listener: (event: unknown) => unknown) {
    seen.configurationListeners.push(listener);
    return disposable;
  },
  onDidGrantWorkspaceTrust: () => disposable,
  findFiles: async () => [],
};
