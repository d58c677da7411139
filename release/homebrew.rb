class Wsb < Formula
  desc "@DESCRIPTION@"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/wsb-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@aarch64-apple-darwin@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/wsb-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/wsb-@VERSION@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@aarch64-unknown-linux-gnu@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/wsb-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@x86_64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "wsb"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/wsb.bash" => "wsb"
    zsh_completion.install "completions/_wsb"
    fish_completion.install "completions/wsb.fish"
  end

  test do
    portal = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
    session = "11111111-1111-4111-8111-111111111111"
    found = shell_output("#{bin}/wsb local -- wsb get-session #{portal} #{session} --field username")
    assert_equal "alice\n", found
  end
end
