declare module "prebuildify" {
  /** Options of prebuildify 6; only those that tools/prebuild.mjs uses. */
  interface Options {
    cwd: string;
    name: string;
    targets: string[];
    napi: boolean;
    strip: boolean;
    tagLibc: boolean;
    nodeGyp: string;
    shell: boolean;
  }
  export default function prebuildify(options: Options, callback: (error: Error | null) => void): void;
}
