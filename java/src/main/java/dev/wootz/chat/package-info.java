/**
 * Conversations: messages and tools, the templates that turn them into a model's prompt, and the parsers that find reasoning, text and tool
 * calls in what a model writes.
 */
@NullMarked
package dev.wootz.chat;

import org.jspecify.annotations.NullMarked;
