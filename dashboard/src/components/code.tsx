import { useState } from "react";
import { visible } from "./text.ts";

/** An id, to read and to copy. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  return (
    <span className="copy">
      <code>{text}</code>
      <button type="button" className="plain" onClick={copy} aria-label={`Copy ${label}`}>
        {copied ? "copied" : "copy"}
      </button>
    </span>
  );
}

/** Text of somebody else's: shown as it is, and never as anything but text. */
export function TextBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <pre className="text-block" tabIndex={0} role="group" aria-label={label} dir="ltr">
      <bdi>{visible(text)}</bdi>
    </pre>
  );
}
