package dev.wootz.cli;

import dev.wootz.kernel.CpuKernels;
import picocli.CommandLine.IVersionProvider;

/** Version, instruction set and virtual machine: what a report of a defect should name. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {
      "wootz " + CpuKernels.version(),
      "CPU operations: " + CpuKernels.get().isa(),
      "Java: " + System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
      "System: " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch")
    };
  }
}
