/**
 * What a merge will do, tensor by tensor, before any tensor is read: a recipe applied to the headers and configurations of the models that
 * it names.
 */
@NullMarked
package dev.wootz.merge.plan;

import org.jspecify.annotations.NullMarked;
