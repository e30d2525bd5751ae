package dev.atrium.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {

  /** The test data that implementations of Certificate Transparency share, since RFC 6962. */
  private static final List<String> LEAVES = List.of(
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f"
  );

  private static final List<String> ROOTS = List.of(
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
  );

  private static final int LARGEST = 70;

  private final Random random = new Random(9162);

  private static MerkleTree tree(List<byte[]> hashes) {
    return new MerkleTree(
      new MerkleTree.Leaves() {
        @Override
        public long size() {
          return hashes.size();
        }

        @Override
        public byte[] hash(long index) {
          return hashes.get((int) index);
        }
      }
    );
  }

  private static List<byte[]> known() {
    return LEAVES.stream().map(HexFormat.of()::parseHex).map(TreeHash::leaf).toList();
  }

  private List<byte[]> any(int n) {
    List<byte[]> hashes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      byte[] hash = new byte[TreeHash.BYTES];
      random.nextBytes(hash);
      hashes.add(hash);
    }
    return hashes;
  }

  /** MTH of RFC 9162, 2.1.1, word by word, over hashes of leaves. */
  private static byte[] mth(List<byte[]> d) {
    if (d.isEmpty()) {
      return TreeHash.empty();
    }
    if (d.size() == 1) {
      return d.getFirst();
    }
    int k = k(d.size());
    return TreeHash.node(mth(d.subList(0, k)), mth(d.subList(k, d.size())));
  }

  private static int k(int n) {
    int k = 1;
    while (k * 2 < n) {
      k *= 2;
    }
    return k;
  }

  /** PATH of RFC 9162, 2.1.3.1. */
  private static List<byte[]> path(int m, List<byte[]> d) {
    if (d.size() == 1) {
      return List.of();
    }
    int k = k(d.size());
    List<byte[]> left = d.subList(0, k);
    List<byte[]> right = d.subList(k, d.size());
    return m < k ? plus(path(m, left), mth(right)) : plus(path(m - k, right), mth(left));
  }

  /** SUBPROOF of RFC 9162, 2.1.4.1. */
  private static List<byte[]> subproof(int m, List<byte[]> d, boolean b) {
    if (m == d.size()) {
      return b ? List.of() : List.of(mth(d));
    }
    int k = k(d.size());
    List<byte[]> left = d.subList(0, k);
    List<byte[]> right = d.subList(k, d.size());
    return m <= k
      ? plus(subproof(m, left, b), mth(right))
      : plus(subproof(m - k, right, false), mth(left));
  }

  private static List<byte[]> plus(List<byte[]> path, byte[] node) {
    return Stream.concat(path.stream(), Stream.of(node)).toList();
  }

  private static String hex(byte[] hash) {
    return HexFormat.of().formatHex(hash);
  }

  private static List<String> hex(List<byte[]> hashes) {
    return hashes.stream().map(MerkleTreeTest::hex).toList();
  }

  @Test
  void hasTheKnownRoots() {
    MerkleTree tree = tree(known());
    Frontier frontier = new Frontier();
    assertThat(hex(tree.root(0))).isEqualTo(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (int n = 1; n <= LEAVES.size(); n++) {
      frontier.append(known().get(n - 1));
      assertThat(hex(tree.root(n))).isEqualTo(ROOTS.get(n - 1));
      assertThat(hex(frontier.root())).isEqualTo(ROOTS.get(n - 1));
    }
  }

  @Test
  void hasTheKnownPathOfTheFirstLeaf() {
    assertThat(hex(tree(known()).inclusionProof(0, 8))).containsExactly(
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
    );
  }

  /** RFC 9162, 2.1.5: the tree of seven leaves with the names that its nodes have there. */
  @Test
  void provesWhatTheExampleOfTheStandardProves() {
    List<byte[]> d = any(7);
    byte[] g = mth(d.subList(0, 2));
    byte[] h = mth(d.subList(2, 4));
    byte[] i = mth(d.subList(4, 6));
    byte[] j = d.get(6);
    byte[] k = mth(d.subList(0, 4));
    byte[] l = mth(d.subList(4, 7));
    MerkleTree tree = tree(d);
    assertThat(tree.inclusionProof(0, 7)).containsExactly(d.get(1), h, l);
    assertThat(tree.inclusionProof(3, 7)).containsExactly(d.get(2), g, l);
    assertThat(tree.inclusionProof(4, 7)).containsExactly(d.get(5), j, k);
    assertThat(tree.inclusionProof(6, 7)).containsExactly(i, k);
    assertThat(tree.consistencyProof(3, 7)).containsExactly(d.get(2), d.get(3), g, l);
    assertThat(tree.consistencyProof(4, 7)).containsExactly(l);
    assertThat(tree.consistencyProof(6, 7)).containsExactly(i, j, k);
  }

  @Test
  void agreesWithTheRecursiveDefinitionAtEverySize() {
    List<byte[]> d = any(LARGEST);
    MerkleTree tree = tree(d);
    Frontier frontier = new Frontier();
    for (int n = 1; n <= LARGEST; n++) {
      List<byte[]> first = d.subList(0, n);
      frontier.append(d.get(n - 1));
      assertThat(frontier.root()).isEqualTo(mth(first));
      assertThat(Frontier.of(n, frontier.bytes()).root()).isEqualTo(mth(first));
      assertThat(tree.root(n)).isEqualTo(mth(first));
      for (int m = 0; m < n; m++) {
        assertThat(hex(tree.inclusionProof(m, n))).isEqualTo(hex(path(m, first)));
        assertThat(hex(tree.consistencyProof(m + 1, n))).isEqualTo(
          hex(subproof(m + 1, first, true))
        );
      }
    }
  }

  @Test
  void provesEveryLeafAndEveryEarlierSizeAndNothingElse() {
    List<byte[]> d = any(LARGEST);
    MerkleTree tree = tree(d);
    for (int n = 1; n <= LARGEST; n++) {
      byte[] root = tree.root(n);
      for (int m = 0; m < n; m++) {
        List<byte[]> path = tree.inclusionProof(m, n);
        assertThat(Proofs.inclusion(d.get(m), m, n, path, root)).isTrue();
        assertThat(Proofs.inclusion(d.get((m + 1) % LARGEST), m, n, path, root)).isFalse();
        assertThat(Proofs.inclusion(d.get(m), m + 1, n, path, root)).isFalse();
        for (List<byte[]> other : broken(path)) {
          assertThat(Proofs.inclusion(d.get(m), m, n, other, root)).isFalse();
        }
        consistencyHolds(tree, m + 1, n, root);
      }
    }
  }

  private void consistencyHolds(MerkleTree tree, int m, int n, byte[] root) {
    List<byte[]> path = tree.consistencyProof(m, n);
    byte[] old = tree.root(m);
    assertThat(Proofs.consistency(m, old, n, root, path)).isTrue();
    byte[] other = old.clone();
    other[random.nextInt(other.length)] ^= 1;
    assertThat(Proofs.consistency(m, other, n, root, path)).isFalse();
    broken(path).forEach(p -> assertThat(Proofs.consistency(m, old, n, root, p)).isFalse());
  }

  /** A path with one bit flipped, one node more, one node less. */
  private List<List<byte[]>> broken(List<byte[]> path) {
    List<List<byte[]>> all = new ArrayList<>();
    all.add(plus(path, new byte[TreeHash.BYTES]));
    if (!path.isEmpty()) {
      List<byte[]> flipped = new ArrayList<>(path);
      int at = random.nextInt(path.size());
      flipped.set(at, path.get(at).clone());
      flipped.get(at)[random.nextInt(TreeHash.BYTES)] ^= (byte) (1 << random.nextInt(8));
      all.add(flipped);
      all.add(path.subList(0, path.size() - 1));
    }
    return all;
  }

  @Test
  void refusesLeavesAndSizesThatAreNotThere() {
    MerkleTree tree = tree(any(3));
    assertThatThrownBy(() -> tree.inclusionProof(3, 3)).hasMessageContaining("no leaf 3");
    assertThatThrownBy(() -> tree.root(4)).hasMessageContaining("3 leaves");
    assertThatThrownBy(() -> tree.consistencyProof(0, 3)).hasMessageContaining("no proof");
    assertThatThrownBy(() -> Frontier.of(3, new byte[32])).hasMessageContaining("no frontier");
  }
}
