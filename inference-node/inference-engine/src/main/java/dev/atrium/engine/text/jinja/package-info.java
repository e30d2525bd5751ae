/**
 * A small Jinja interpreter for chat templates, in the dialect that Hugging Face renders them with
 * (trim_blocks, lstrip_blocks, loop controls, an immutable sandbox). Strings remember which of
 * their characters the template itself wrote; what is not supported is refused when a template is
 * compiled. It knows nothing of chats or tokens.
 */
package dev.atrium.engine.text.jinja;
