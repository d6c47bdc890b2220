/** Settings about the customers' portal: how the operator is seen there, and on whose pages it may be in a frame. */
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { PortalLooks } from "../api/portal.ts";
import { limits } from "../core/limits.ts";
import type { SettingDefinition } from "./setting-definitions.ts";

export interface PortalSettings {
  readonly brandName: string;
  readonly brandLogo: PortalLooks["logo"];
  readonly brandColor: string | undefined;
  readonly portalFrameAncestors: readonly string[];
}

export const portalSettingDefinitions: {
  readonly [Name in keyof PortalSettings]: SettingDefinition<PortalSettings[Name]>;
} = {
  brandName: {
    flag: "brand-name",
    environment: "POSTHORN_BRAND_NAME",
    form: "TEXT",
    meaning: "your name, as your customers see it in the portal; 1 to 64 characters",
    default: "Webhooks",
    parse: parseBrandName,
  },
  brandLogo: {
    flag: "brand-logo",
    environment: "POSTHORN_BRAND_LOGO",
    form: "FILE",
    meaning:
      "your logo beside it: an image (.svg, .png, .jpg, .webp) of 256 KiB at the most, read at the start",
    default: undefined,
    parse: readLogo,
  },
  brandColor: {
    flag: "brand-color",
    environment: "POSTHORN_BRAND_COLOR",
    form: "#RRGGBB",
    meaning:
      "of the portal's buttons and marks; where it is text, it is made darker or lighter until it can be read",
    default: undefined,
    parse: parseColor,
  },
  portalFrameAncestors: {
    flag: "portal-frame-ancestors",
    environment: "POSTHORN_PORTAL_FRAME_ANCESTORS",
    form: "ORIGIN,ORIGIN,…",
    meaning:
      "on whose pages the portal may be in a frame, such as https://app.example.com or https://*.example.com; if empty, on nobody's",
    default: "",
    parse: parseFrameAncestors,
  },
};

export function portalLooksOf(settings: PortalSettings): PortalLooks {
  return {
    name: settings.brandName,
    color: settings.brandColor,
    logo: settings.brandLogo,
    frameAncestors: settings.portalFrameAncestors,
  };
}

function parseBrandName(text: string): string {
  const length = Array.from(text).length;
  if (text.trim() === "" || length > limits.brandNameCharactersMax) {
    throw new Error(`it has ${length} characters, and some of them have to be seen`);
  }
  return text;
}

const imageTypes: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
};

function readLogo(path: string): PortalLooks["logo"] {
  const contentType = imageTypes[extname(path).toLowerCase()];
  if (contentType === undefined) {
    throw new Error(`"${path}" is not called .svg, .png, .jpg, .jpeg or .webp`);
  }
  const { size } = statSync(path);
  if (size > limits.brandLogoBytesMax) {
    throw new Error(`it has ${size} bytes, at most ${limits.brandLogoBytesMax} are allowed`);
  }
  return { contentType, bytes: readFileSync(path) };
}

function parseColor(text: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(text)) throw new Error(`"${text}" is not # and six hex digits`);
  return text.toLowerCase();
}

/** A scheme, a host that may begin with `*.`, and a port: whatever else could stand in a policy is none of it. */
const origin = /^https?:\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/i;

function parseFrameAncestors(text: string): readonly string[] {
  if (text.trim() === "") return [];
  const origins = text.split(",").map((each) => each.trim());
  const wrong = origins.find((each) => !origin.test(each));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not an origin`);
  return origins;
}
