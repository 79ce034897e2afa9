/**
 * Recipes: mergekit's YAML as records, every name, kind and range checked with its place in the text, and the values that a recipe gives to
 * one tensor of one model.
 */
@NullMarked
package dev.wootz.merge.recipe;

import org.jspecify.annotations.NullMarked;
