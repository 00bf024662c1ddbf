// Finds goready, starts `goready server`, and gets out of the way: everything that is known
// about findings, fixes and rules is known by the server.

import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { promisify } from "node:util";

import * as vscode from "vscode";
import {
  type DocumentSelector,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from "vscode-languageclient/node";

import { type Binary, type Machine, findBinary } from "./binary";
import { MINIMUM, isAtLeast, parseVersion } from "./version";

/** Documents whose text may change a finding. */
const DOCUMENTS: DocumentSelector = [
  { scheme: "file", pattern: "**/*.{go,mod,work,yaml,yml,tpl,json,toml,sh,mk,env,hcl}" },
  { scheme: "file", pattern: "**/{Dockerfile,Containerfile,Makefile,GNUmakefile}*" },
  { scheme: "file", language: "dockerfile" },
  { scheme: "file", language: "helm" },
];

/** Changes of these settings need another server. */
const RESTARTING = ["goready.enable", "goready.path", "goready.importStrategy"];

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  session = new Session(context);
  await session.start();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
  session = undefined;
}

/** The server of this window, with what shows its state. */
class Session {
  private readonly log = vscode.window.createOutputChannel("goready", { log: true });
  private readonly serverLog = vscode.window.createOutputChannel("goready Server", { log: true });
  private readonly status = vscode.languages.createLanguageStatusItem("goready", []);
  private client: LanguageClient | undefined;
  /** Starts and stops run one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly context: vscode.ExtensionContext) {
    const command = (name: string, run: () => unknown) =>
      vscode.commands.registerCommand(`goready.${name}`, run);
    this.status.name = "goready";
    this.status.command = { command: "goready.showLogs", title: "Show Logs" };
    context.subscriptions.push(
      this.log,
      this.serverLog,
      this.status,
      command("restart", () => this.restart()),
      command("showLogs", () => this.log.show()),
      command("showServerLogs", () => this.serverLog.show()),
      command("fixAll", fixAll),
      command("openConfig", openConfiguration),
      vscode.workspace.onDidChangeConfiguration(async (event) => {
        if (RESTARTING.some((it) => event.affectsConfiguration(it))) {
          await this.restart();
        }
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
    );
  }

  start(): Promise<void> {
    return this.enqueue(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.stopNow());
  }

  private restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    const next = this.queue.then(step);
    this.queue = next.catch((error: unknown) => this.log.error(String(error)));
    return this.queue;
  }

  private async startNow(): Promise<void> {
    const settings = vscode.workspace.getConfiguration("goready");
    if (!settings.get<boolean>("enable", true)) {
      this.show("off", vscode.LanguageStatusSeverity.Information);
      return;
    }
    const binary = this.findBinary(settings);
    if (binary === undefined) {
      this.fail("goready is not installed: put it on PATH or set goready.path.");
      return;
    }
    const version = await this.versionOf(binary);
    if (version === undefined) {
      this.fail(`${binary.path} is no goready: it does not answer --version.`);
      return;
    }
    if (!isAtLeast(version, MINIMUM)) {
      this.fail(`goready ${version} is too old, ${MINIMUM} or newer is needed.`);
      return;
    }
    await this.launch(binary, version);
  }

  private async launch(binary: Binary, version: string): Promise<void> {
    const client = new LanguageClient(
      "goready",
      "goready",
      { command: binary.path, args: ["server"], transport: TransportKind.stdio },
      {
        documentSelector: DOCUMENTS,
        outputChannel: this.serverLog,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
      },
    );
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.show(version, vscode.LanguageStatusSeverity.Information);
      } else if (newState === State.Stopped && this.client === client) {
        this.show("stopped", vscode.LanguageStatusSeverity.Warning);
      }
    });
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      this.fail(`goready did not start: ${String(error)}`);
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  private findBinary(settings: vscode.WorkspaceConfiguration): Binary | undefined {
    const wishes = {
      paths: settings.get<string[]>("path", []),
      importStrategy: settings.get<"fromEnvironment" | "useBundled">(
        "importStrategy",
        "fromEnvironment",
      ),
      trusted: vscode.workspace.isTrusted,
      extensionDir: this.context.extensionPath,
      workspaceDir: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
    };
    return findBinary(wishes, thisMachine(), (line) => this.log.info(line));
  }

  private async versionOf(binary: Binary): Promise<string | undefined> {
    try {
      const { stdout } = await promisify(execFile)(binary.path, ["--version"], {
        timeout: 10_000,
      });
      return parseVersion(stdout);
    } catch (error) {
      this.log.error(String(error));
      return undefined;
    }
  }

  private show(text: string, severity: vscode.LanguageStatusSeverity): void {
    this.status.text = `goready ${text}`;
    this.status.severity = severity;
  }

  private fail(message: string): void {
    this.log.error(message);
    this.show("not running", vscode.LanguageStatusSeverity.Error);
    void vscode.window.showErrorMessage(message, "Show Logs").then((choice) => {
      if (choice !== undefined) {
        this.log.show();
      }
    });
  }
}

function thisMachine(): Machine {
  return {
    platform: process.platform,
    searchPath: process.env["PATH"] ?? "",
    home: homedir(),
    isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  };
}

async function fixAll(): Promise<void> {
  await vscode.commands.executeCommand("editor.action.codeAction", {
    kind: "source.fixAll.goready",
    apply: "first",
  });
}

async function openConfiguration(): Promise<void> {
  const [found] = await vscode.workspace.findFiles("**/{goready,.goready}.toml", null, 1);
  if (found === undefined) {
    void vscode.window.showInformationMessage(
      "There is no goready.toml; `goready config init` writes one.",
    );
    return;
  }
  await vscode.window.showTextDocument(found);
}
