/** A sequence of packets kept until the next stage reads it: in memory up to a limit, then in a temporary file. */
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Pieces } from '../../protocol/packet-reader.ts';

const READ_SIZE = 256 * 1024;

export class BodyStore {
  private memory: Buffer[] = [];
  private memoryBytes = 0;
  private file: Promise<FileHandle> | undefined;
  private fileBytes = 0;
  private pendingBytes = 0;
  private writing: Promise<void> = Promise.resolve();
  private broken = false;

  /**
   * @param limit bytes held in memory
   * @param directory of the temporary file, which has no name once it is open
   * @param failed called once when the file cannot be written: what is stored is then incomplete, and no more is taken
   * @param written called when waiting bytes have reached the file
   */
  constructor(
    private readonly limit: number,
    private readonly directory: string | undefined,
    private readonly failed: (error: unknown) => void,
    private readonly written: () => void,
  ) {}

  append(pieces: Pieces): void {
    if (Buffer.isBuffer(pieces)) this.add(pieces);
    else for (const piece of pieces) this.add(piece);
  }

  private add(bytes: Buffer): void {
    if (this.broken) return;
    if (this.file === undefined && this.memoryBytes + bytes.length <= this.limit) {
      this.memory.push(bytes);
      this.memoryBytes += bytes.length;
      return;
    }
    this.file ??= this.create();
    this.pendingBytes += bytes.length;
    this.writing = this.writing
      .then(() => this.write(bytes))
      .catch((error: unknown) => this.fail(error));
  }

  /** Bytes that wait to be written to the file. */
  get backlog(): number {
    return this.pendingBytes;
  }

  /** The bytes in order; pieces from the file are cut anywhere. @throws where the file cannot be read */
  async *read(): AsyncGenerator<Buffer> {
    yield* this.memory;
    if (this.file === undefined) return;
    await this.writing;
    const file = await this.file;
    for (let at = 0; at < this.fileBytes;) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(READ_SIZE),
        0,
        READ_SIZE,
        at,
      );
      if (bytesRead === 0) throw new Error('the spool file ends early');
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /** Forgets everything. */
  close(): void {
    this.memory = [];
    const { file } = this;
    this.file = undefined;
    void this.writing.then(async () => (await file)?.close()).catch(() => undefined);
  }

  private async create(): Promise<FileHandle> {
    const path = join(this.directory ?? tmpdir(), `milter-manager-${randomUUID()}`);
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  }

  /** What waits will never be written: it must not hold the MTA back. */
  private fail(error: unknown): void {
    if (this.broken) return;
    this.broken = true;
    this.pendingBytes = 0;
    this.failed(error);
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.broken) return;
    const file = await this.file;
    if (!file) return;
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, this.fileBytes);
      at += bytesWritten;
      this.fileBytes += bytesWritten;
    }
    this.pendingBytes -= bytes.length;
    this.written();
  }
}
